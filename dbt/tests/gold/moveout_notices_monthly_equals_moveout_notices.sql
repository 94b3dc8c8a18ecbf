-- in the months that lie wholly inside the window
with detail as (
    select date_format(notice_received_date, '%Y-%m') as notice_month, count(*) as notice_count
    from {{ ref('moveout_notices') }}
    group by date_format(notice_received_date, '%Y-%m')
),

monthly as (
    select notice_month, sum(notice_count) as notice_count
    from {{ ref('moveout_notices_monthly') }}
    group by notice_month
),

months as (
    select notice_month from detail
    union distinct
    select notice_month from monthly
)

select months.notice_month, detail.notice_count as in_detail, monthly.notice_count as in_months
from months
left join detail on months.notice_month = detail.notice_month
left join monthly on months.notice_month = monthly.notice_month
where
    cast(concat(months.notice_month, '-01') as date) >= {{ notice_window_start() }}
    and last_day(cast(concat(months.notice_month, '-01') as date)) <= {{ business_date() }}
    and coalesce(detail.notice_count, 0) <> coalesce(monthly.notice_count, 0)
