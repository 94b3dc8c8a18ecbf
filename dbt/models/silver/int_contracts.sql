with movings as (select * from {{ ref('stg_movings') }}),

tenants as (select * from {{ ref('stg_tenants') }}),

apartments as (select * from {{ ref('stg_apartments') }}),

rooms as (select * from {{ ref('stg_rooms') }}),

-- inner joins on primary keys: a contract without tenant, building or room drops out, none is repeated
contracts as (
    select
        movings.moving_id as contract_id,
        movings.tenant_id,
        movings.apartment_id,
        movings.room_id,
        apartments.asset_id_hj,
        apartments.apartment_name,
        apartments.apartment_name_en,
        rooms.room_number,
        movings.contract_date,
        movings.contract_start_date,
        movings.rent_start_date,
        movings.contract_expiration_date,
        movings.original_contract_date,
        movings.cancellation_notice_date,
        movings.moveout_date,
        movings.contract_type_code,
        movings.contract_type_ja,
        movings.contract_type_en,
        movings.tenant_type,
        movings.is_renewal,
        movings.is_valid_contract,
        movings.is_completed_moveout,
        movings.monthly_rent,
        movings.condo_fee,
        movings.administrative_fee,
        movings.moveout_fee,
        tenants.full_name,
        tenants.gender_code,
        tenants.gender,
        tenants.birth_date,
        tenants.age_source,
        tenants.age,
        tenants.nationality,
        tenants.affiliation as occupation_company,
        tenants.affiliation_type_ja,
        tenants.affiliation_type_en,
        tenants.personal_identity_ja as residence_status_ja,
        tenants.personal_identity_en as residence_status,
        tenants.contract_channel,
        tenants.tenant_status_code,
        tenants.tenant_status_en,
        tenants.is_active_lease,
        tenants.moveout_reason_code,
        tenants.moveout_reason_ja,
        tenants.moveout_reason_en,
        apartments.latitude,
        apartments.longitude,
        apartments.prefecture,
        apartments.municipality,
        apartments.full_address,
        apartments.room_count as property_total_rooms,
        apartments.vacancy_room_count as property_vacant_rooms,
        movings.created_at,
        movings.updated_at,
        {{ flag('movings.is_completed_moveout = 1 and movings.moveout_date <= ' ~ business_date()) }} as has_moved_out
    from movings
    inner join tenants on movings.tenant_id = tenants.tenant_id
    inner join apartments on movings.apartment_id = apartments.apartment_id
    inner join rooms on movings.room_id = rooms.room_id
),

-- only these are ranked: sorting all contracts with all their columns takes longer
moveouts as (
    select
        contract_id,
        row_number() over (partition by tenant_id order by moveout_date desc, contract_id desc) as recency
    from contracts
    where has_moved_out = 1
),

ranked as (
    select
        contracts.*,
        moveouts.recency as moveout_recency
    from contracts
    left join moveouts on contracts.contract_id = moveouts.contract_id
),

final as (
    select
        contract_id,
        tenant_id,
        apartment_id,
        room_id,
        asset_id_hj,
        apartment_name,
        apartment_name_en,
        room_number,
        contract_date,
        contract_start_date,
        rent_start_date,
        contract_expiration_date,
        original_contract_date,
        cancellation_notice_date,
        moveout_date,
        contract_type_code,
        contract_type_ja,
        contract_type_en,
        tenant_type,
        is_renewal,
        is_valid_contract,
        is_completed_moveout,
        monthly_rent,
        condo_fee,
        administrative_fee,
        moveout_fee,
        full_name,
        gender_code,
        gender,
        birth_date,
        age_source,
        age,
        nationality,
        occupation_company,
        affiliation_type_ja,
        affiliation_type_en,
        residence_status_ja,
        residence_status,
        contract_channel,
        tenant_status_code,
        tenant_status_en,
        is_active_lease,
        moveout_reason_code,
        moveout_reason_ja,
        moveout_reason_en,
        {{ flag('moveout_recency = 1') }} as is_last_moveout,
        latitude,
        longitude,
        prefecture,
        municipality,
        full_address,
        property_total_rooms,
        property_vacant_rooms,
        case when moveout_date >= contract_start_date then datediff(moveout_date, contract_start_date) end
            as total_stay_days,
        case when moveout_date >= contract_start_date then timestampdiff(month, contract_start_date, moveout_date) end
            as total_stay_months,
        case when moveout_date >= cancellation_notice_date then datediff(moveout_date, cancellation_notice_date) end
            as notice_lead_time_days,
        created_at,
        updated_at,
        {{ business_date() }} as business_date
    from ranked
)

select * from final
