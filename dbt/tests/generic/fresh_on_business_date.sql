{#
  Hours between the newest change in a source table and the start of the business date, rounded up. A table without any time of change is as stale as can be.
#}
{% test fresh_on_business_date(model, column_name, warn_above_hours, error_above_hours) %}
    {{ config(
        fail_calc='coalesce(max(stale_hours), 999999)',
        warn_if='> ' ~ warn_above_hours,
        error_if='> ' ~ error_above_hours,
    ) }}
    select
        ceiling(timestampdiff(second, newest_change, {{ start_of_business_date() }}) / 3600) as stale_hours
    from (select max({{ clean_timestamp(column_name) }}) as newest_change from {{ model }}) as newest
{% endtest %}
