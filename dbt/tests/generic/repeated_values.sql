{# Rows whose value also occurs in another row, written in the same way, with limits as in share_of_rows. #}
{% test repeated_values(model, column_name, warn_above_percent=0, error_above_percent=none) %}
    {{ limits_by_share(warn_above_percent, error_above_percent) }}
    select
        coalesce(sum(case when row_count > 1 then row_count end), 0) as failing_rows,
        coalesce(sum(row_count), 0) as all_rows
    from (
        select {{ as_written(column_name) }} as written, count(*) as row_count
        from {{ model }}
        where {{ column_name }} is not null
        group by written
    ) as by_value
    /* rows:
    select {{ as_written(column_name) }} as {{ column_name }}, count(*) as row_count
    from {{ model }}
    where {{ column_name }} is not null
    group by 1
    having count(*) > 1
    */
{% endtest %}
