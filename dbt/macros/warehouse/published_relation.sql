{#
  A live table, whichever layer is built; none when it does not exist, or without introspection
  (`dbt compile --no-introspect`, which needs no server). None with the var `without_history`.
#}
{% macro published_relation(schema, table) %}
    {{ return(adapter.get_relation(none, live_schema(schema), table) if flags.INTROSPECT and not var('without_history', false) else none) }}
{% endmacro %}
