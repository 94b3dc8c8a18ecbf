with contracts as (select * from {{ ref('int_contracts') }}),

final as (
    select
        {{ contract_details('moveout_date') }},
        cancellation_notice_date,
        moveout_date,
        total_stay_days,
        total_stay_months,
        notice_lead_time_days,
        moveout_reason_ja,
        moveout_reason_en,
        is_last_moveout,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from contracts
    where
        is_completed_moveout = 1
        and moveout_date between {{ min_valid_date() }} and {{ business_date() }}
        and {{ has_coordinates() }}
)

select * from final
