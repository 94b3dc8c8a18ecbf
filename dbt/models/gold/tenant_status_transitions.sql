with history as (select * from {{ ref('tenant_status_history') }}),

statuses as (select * from {{ ref('code_tenant_status') }}),

contract_types as (select * from {{ ref('code_contract_type') }}),

-- each period with the one before it, whatever the gap between them
periods as (
    select
        tenant_id,
        status,
        contract_type,
        coalesce(is_paysle_unpaid, 0) as is_unpaid,
        coalesce(is_renewal_ng, 0) as is_renewal_ineligible,
        coalesce(renewal_priority, 0) as renewal_priority,
        coalesce(is_transferred, 0) as is_transferred,
        affiliation_status,
        agreement_type,
        moving_id,
        valid_from,
        valid_to,
        coalesce(valid_to, {{ business_date() }}) as last_day,
        is_current,
        closed_reason,
        lag(valid_from) over (partition by tenant_id order by valid_from) as previous_valid_from,
        lag(valid_to) over (partition by tenant_id order by valid_from) as previous_valid_to,
        lag(status) over (partition by tenant_id order by valid_from) as previous_status,
        lag(coalesce(is_paysle_unpaid, 0)) over (partition by tenant_id order by valid_from) as previous_is_unpaid,
        lag(coalesce(is_renewal_ng, 0)) over (partition by tenant_id order by valid_from)
            as previous_is_renewal_ineligible
    from history
),

flagged as (
    select
        periods.*,
        {{ flag('previous_valid_from is null') }} as is_first_period,
        {{ flag('previous_valid_from is not null and not status <=> previous_status') }} as status_changed,
        {{ flag('previous_valid_from is not null and is_unpaid <> previous_is_unpaid') }} as payment_status_changed,
        {{ flag('previous_valid_from is not null and is_renewal_ineligible <> previous_is_renewal_ineligible') }}
            as renewal_eligibility_changed,
        {{ flag('previous_valid_to <=> date_sub(valid_from, interval 1 day) and status <=> previous_status') }}
            as continues_status
    from periods
),

-- the first day of adjacent periods of one status
dated as (
    select
        flagged.*,
        max(case when continues_status = 0 then valid_from end) over (
            partition by tenant_id order by valid_from rows between unbounded preceding and current row
        ) as status_since
    from flagged
),

labelled as (
    select
        dated.*,
        {{ code_label('dated.status', 'statuses.label_en') }} as status_label,
        {{ code_label('dated.previous_status', 'previous_statuses.label_en') }} as previous_status_label,
        {{ code_label('dated.contract_type', 'contract_types.label_en') }} as contract_type_label
    from dated
    left join statuses on dated.status = statuses.code
    left join statuses as previous_statuses on dated.previous_status = previous_statuses.code
    left join contract_types on dated.contract_type = contract_types.code
),

final as (
    select
        tenant_id,
        status as status_code,
        status_label,
        previous_status as previous_status_code,
        previous_status_label,
        status_changed,
        case
            when status_changed = 1
                then concat(coalesce(previous_status_label, 'None'), ' -> ', coalesce(status_label, 'None'))
        end as status_transition,
        contract_type,
        contract_type_label,
        is_unpaid,
        payment_status_changed,
        case
            when payment_status_changed = 1
                then case when is_unpaid = 1 then 'Became Unpaid' else 'Payment Resolved' end
        end as payment_status_change,
        is_renewal_ineligible,
        renewal_eligibility_changed,
        renewal_priority,
        is_transferred,
        affiliation_status,
        agreement_type,
        moving_id,
        valid_from as effective_date,
        valid_to as end_date,
        datediff(last_day, valid_from) + 1 as days_in_period,
        datediff(last_day, status_since) + 1 as days_in_status,
        is_first_period,
        is_current,
        closed_reason,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from labelled
)

select * from final
