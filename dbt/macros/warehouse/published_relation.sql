{#
  A live table, whichever layer is built; none when it does not exist, or without introspection
  (`dbt compile --no-introspect`, which needs no server). None with `--full-refresh`: a table with history begins again.
#}
{% macro published_relation(schema, table) %}
    {{ return(adapter.get_relation(none, live_schema(schema), table) if flags.INTROSPECT and not flags.FULL_REFRESH else none) }}
{% endmacro %}
