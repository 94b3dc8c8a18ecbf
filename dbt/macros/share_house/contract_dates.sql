{#
  Whole years from a clean birth date to a day; without birth date the source's own age; NULL outside 0-120.
  A day before the birth is outside: timestampdiff would say 0 for the last year before it.
#}
{% macro age_at(day, birth_date='birth_date', age_source='age_source') -%}
    case
        when {{ birth_date }} is null
            then case when {{ age_source }} between 0 and 120 then {{ age_source }} end
        when {{ day }} >= {{ birth_date }} and timestampdiff(year, {{ birth_date }}, {{ day }}) <= 120
            then timestampdiff(year, {{ birth_date }}, {{ day }})
    end
{%- endmacro %}


{# The first day that gold shows. #}
{% macro min_valid_date() -%}
    cast('{{ var("min_valid_date") }}' as date)
{%- endmacro %}


{# The first day of the notices' window: months back from the business date, clamped to the month's end. #}
{% macro notice_window_start() -%}
    date_sub({{ business_date() }}, interval {{ var('moveout_notice_window_months') }} month)
{%- endmacro %}
