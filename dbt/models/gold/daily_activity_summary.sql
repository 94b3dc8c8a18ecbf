with inquiries as (select * from {{ ref('stg_inquiries') }}),

tenants as (select * from {{ ref('stg_tenants') }}),

history as (select * from {{ ref('tenant_status_history') }}),

contracts as (select * from {{ ref('int_contracts') }}),

statuses as (
    select
        tenant_id,
        status,
        valid_from,
        lag(valid_to) over (partition by tenant_id order by valid_from) as previous_valid_to,
        lag(status) over (partition by tenant_id order by valid_from) as previous_status
    from history
),

first_run as (select min(valid_from) as first_day from history),

-- entered the status on that day: neither the first run's rows nor a period that only goes on with another detail
entered_reservations as (
    select
        statuses.tenant_id,
        statuses.valid_from
    from statuses
    cross join first_run
    where
        statuses.status = 4
        and statuses.valid_from > first_run.first_day
        and not (
            statuses.previous_status <=> 4
            and statuses.previous_valid_to <=> date_sub(statuses.valid_from, interval 1 day)
        )
),

events as (
    select inquiry_date as activity_date, 'individual' as tenant_type, 'inquiry' as event
    from inquiries

    union all

    select
        {{ to_local_date('created_at') }} as activity_date,
        {{ tenant_type('is_corporate_name') }} as tenant_type,
        'application' as event
    from tenants
    where tenant_status_code = 4

    union all

    select
        entered_reservations.valid_from as activity_date,
        {{ tenant_type('tenants.is_corporate_name') }} as tenant_type,
        'reservation' as event
    from entered_reservations
    left join tenants on entered_reservations.tenant_id = tenants.tenant_id

    union all

    select contract_date as activity_date, tenant_type, 'contract' as event
    from contracts
    where is_valid_contract = 1

    union all

    select
        contract_start_date as activity_date,
        tenant_type,
        case when is_renewal = 'Yes' then 'renewal' else 'movein' end as event
    from contracts
    where is_valid_contract = 1

    union all

    select moveout_date as activity_date, tenant_type, 'moveout' as event
    from contracts
    where is_completed_moveout = 1
),

counts as (
    select
        activity_date,
        tenant_type,
        {{ count_where("event = 'inquiry'") }} as inquiries_count,
        {{ count_where("event = 'application'") }} as applications_count,
        {{ count_where("event = 'reservation'") }} as reservations_entered_count,
        {{ count_where("event = 'contract'") }} as contracts_signed_count,
        {{ count_where("event in ('movein', 'renewal')") }} as confirmed_moveins_count,
        {{ count_where("event = 'renewal'") }} as renewal_moveins_count,
        {{ count_where("event = 'moveout'") }} as confirmed_moveouts_count
    from events
    where activity_date between {{ min_valid_date() }} and {{ business_date() }}
    group by activity_date, tenant_type
),

final as (
    select
        activity_date,
        tenant_type,
        inquiries_count,
        applications_count,
        reservations_entered_count,
        contracts_signed_count,
        confirmed_moveins_count,
        renewal_moveins_count,
        confirmed_moveouts_count,
        confirmed_moveins_count - confirmed_moveouts_count as net_occupancy_delta,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from counts
)

select * from final
