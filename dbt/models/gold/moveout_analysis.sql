with contracts as (select * from {{ ref('int_contracts') }}),

moveouts as (select * from {{ ref('moveouts') }}),

final as (
    select
        moveouts.contract_id,
        moveouts.tenant_id,
        moveouts.asset_id_hj,
        moveouts.apartment_name,
        moveouts.room_number,
        moveouts.contract_system,
        moveouts.contract_channel,
        moveouts.original_contract_date,
        moveouts.contract_date,
        moveouts.contract_start_date,
        moveouts.rent_start_date,
        moveouts.contract_expiration_date,
        moveouts.renewal_flag,
        moveouts.monthly_rent,
        moveouts.tenant_type,
        moveouts.gender,
        moveouts.nationality,
        moveouts.occupation_company,
        moveouts.residence_status,
        moveouts.age,
        moveouts.latitude,
        moveouts.longitude,
        moveouts.prefecture,
        moveouts.municipality,
        moveouts.full_address,
        moveouts.cancellation_notice_date,
        moveouts.moveout_date,
        moveouts.total_stay_days,
        moveouts.total_stay_months,
        moveouts.notice_lead_time_days,
        moveouts.moveout_reason_ja,
        moveouts.moveout_reason_en,
        moveouts.is_last_moveout,
        {{ rent_range('moveouts.monthly_rent') }} as rent_range,
        {{ rent_range_order('moveouts.monthly_rent') }} as rent_range_order,
        {{ age_group('moveouts.age') }} as age_group,
        contracts.affiliation_type_en as occupation_industry,
        {{ tenure_category('moveouts.total_stay_months') }} as tenure_category,
        moveouts.business_date,
        moveouts.run_id
    from moveouts
    inner join contracts on moveouts.contract_id = contracts.contract_id
)

select * from final
