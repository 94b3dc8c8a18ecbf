with contracts as (select * from {{ ref('int_contracts') }}),

final as (
    select
        {{ contract_details('cancellation_notice_date') }},
        cancellation_notice_date as notice_received_date,
        moveout_date as planned_moveout_date,
        notice_lead_time_days,
        {{ moveout_status() }} as moveout_status,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from contracts
    where
        cancellation_notice_date between {{ notice_window_start() }} and {{ business_date() }}
        and {{ has_coordinates() }}
)

select * from final
