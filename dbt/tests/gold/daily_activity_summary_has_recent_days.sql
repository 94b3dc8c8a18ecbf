-- no row for the last 3 days: the source may have stopped recording
{{ config(severity='warn') }}

select latest_date
from (select max(activity_date) as latest_date from {{ ref('daily_activity_summary') }}) as latest
where latest_date is null or latest_date <= date_sub({{ business_date() }}, interval 3 day)
