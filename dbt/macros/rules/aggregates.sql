{# How many rows of a group meet a condition; 0, never NULL. #}
{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as signed)
{%- endmacro %}


{# The mean of the values that are there. Cast first: the scale of a bare avg depends on its input's type and the server. #}
{% macro average(value) -%}
    cast(avg(cast({{ value }} as decimal(12, 2))) as decimal(12, 2))
{%- endmacro %}
