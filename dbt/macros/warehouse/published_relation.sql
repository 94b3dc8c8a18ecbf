{# A live table, whatever layer is under build; none when it does not exist. #}
{% macro published_relation(schema, table) %}
    {{ return(adapter.get_relation(database=none, schema=live_schema(schema), identifier=table)) }}
{% endmacro %}
