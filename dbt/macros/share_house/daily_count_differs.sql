{#
  The total of one count of daily_activity_summary beside the number of its source's rows under the same filter.
  date_column is the day that the rows count for.
#}
{% macro daily_count_differs(count_column, relation, date_column, condition='1 = 1') %}
    select daily.total as in_summary, source.total as in_source
    from (select coalesce(sum({{ count_column }}), 0) as total from {{ ref('daily_activity_summary') }}) as daily
    cross join (
        select count(*) as total
        from {{ relation }}
        where
            {{ date_column }} between {{ min_valid_date() }} and {{ business_date() }}
            and {{ condition }}
    ) as source
    where daily.total <> source.total
{% endmacro %}
