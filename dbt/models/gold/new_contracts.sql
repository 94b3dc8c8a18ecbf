with contracts as (select * from {{ ref('int_contracts') }}),

final as (
    select
        {{ contract_details('contract_date') }},
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from contracts
    where
        is_valid_contract = 1
        and contract_date between {{ min_valid_date() }} and {{ business_date() }}
        and {{ has_coordinates() }}
)

select * from final
