{# How many rows of a group meet a condition; 0, never NULL. #}
{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as signed)
{%- endmacro %}


{# The mean of the values that are not NULL. Cast first, because the scale of avg depends on the type of its input and the server. #}
{% macro average(value) -%}
    cast(avg(cast({{ value }} as decimal(12, 2))) as decimal(12, 2))
{%- endmacro %}
