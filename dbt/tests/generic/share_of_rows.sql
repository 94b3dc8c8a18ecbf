{#
  Counts the rows that meet a condition. Warns above one share of all rows (per cent; 0 = from the first row), errors
  above another; without the second it only warns. `among` narrows what "all rows" means.
#}
{% test share_of_rows(model, condition, column_name=none, warn_above_percent=0, error_above_percent=none, among='1 = 1') %}
    {{ limits_by_share(warn_above_percent, error_above_percent) }}
    select
        {{ count_where(condition) }} as failing_rows,
        count(*) as all_rows
    from {{ model }}
    where {{ among }}
    /* rows: select * from {{ model }} where ({{ among }}) and ({{ condition }}) */
{% endtest %}
