{# The tables, of those given, that have a row of another business date than the run's. #}
{% macro other_business_dates(models) %}
    {%- for model in models %}
    select '{{ model }}' as table_name, count(*) as row_count
    from {{ ref(model) }}
    where business_date <> {{ business_date() }}
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
