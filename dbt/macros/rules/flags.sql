{# A flag that is never NULL: 1 where the condition holds, 0 where it does not or cannot be known. #}
{% macro flag(condition) -%}
    case when {{ condition }} then 1 else 0 end
{%- endmacro %}
