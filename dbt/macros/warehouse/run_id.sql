{# The run that built the row, as SQL. #}
{% macro run_id() -%}
    cast('{{ var("run_id") }}' as char(64))
{%- endmacro %}
