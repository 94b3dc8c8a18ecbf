with contracts as (select * from {{ ref('int_contracts') }}),

notices as (
    select
        date_format(cancellation_notice_date, '%Y-%m') as notice_month,
        tenant_type,
        {{ as_written("coalesce(prefecture, 'Unknown')") }} as prefecture,
        notice_lead_time_days,
        {{ moveout_status() }} as moveout_status
    from contracts
    where
        cancellation_notice_date between {{ min_valid_date() }} and {{ business_date() }}
        and {{ has_coordinates() }}
),

final as (
    select
        notice_month,
        tenant_type,
        prefecture,
        count(*) as notice_count,
        {{ count_where("moveout_status = 'Completed'") }} as completed_count,
        {{ count_where("moveout_status = 'Pending'") }} as pending_count,
        {{ count_where("moveout_status = 'Cancelled'") }} as cancelled_count,
        {{ average('notice_lead_time_days') }} as avg_lead_time_days,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from notices
    group by notice_month, tenant_type, prefecture
)

select * from final
