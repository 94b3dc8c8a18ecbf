with movings as (select * from {{ source('staging', 'movings') }}),

contract_types as (select * from {{ ref('code_contract_type') }}),

cleaned as (
    select
        id,
        tenant_id,
        apartment_id,
        room_id,
        moving_agreement_type,
        move_renew_flag,
        rent,
        condo_fee,
        administrative_fee,
        moveout_fee,
        {{ clean_date('movein_decided_date') }} as contract_date,
        {{ clean_date('movein_date') }} as contract_start_date,
        {{ clean_date('rent_start_date') }} as rent_start_date,
        {{ clean_date('expiration_date') }} as contract_expiration_date,
        {{ clean_date('original_movein_date') }} as original_contract_date,
        {{ clean_date('moveout_receipt_date') }} as cancellation_notice_date,
        {{ clean_date('moveout_date_integrated') }} as moveout_date_integrated,
        {{ clean_date('moveout_plans_date') }} as moveout_plans_date,
        {{ clean_date('moveout_date') }} as moveout_final_rent_date,
        {{ flag('cancel_flag = 0') }} as is_valid_contract,
        {{ flag('is_moveout = 1') }} as is_completed_moveout,
        {{ clean_timestamp('created_at') }} as created_at,
        {{ clean_timestamp('updated_at') }} as updated_at
    from movings
),

-- Rows of one contract share a key. A row with a gap in it shares with none: its own id makes its key.
keyed as (
    select
        cleaned.*,
        case
            when
                tenant_id is null or apartment_id is null or room_id is null or contract_start_date is null
                then id
            else 0
        end as lone_row
    from cleaned
),

ranked as (
    select
        keyed.*,
        row_number() over (
            partition by
                tenant_id, apartment_id, room_id, contract_start_date, original_contract_date, move_renew_flag, lone_row
            order by is_valid_contract desc, updated_at desc, id desc
        ) as recency,
        count(*) over (
            partition by
                tenant_id, apartment_id, room_id, contract_start_date, original_contract_date, move_renew_flag, lone_row
        ) as row_count
    from keyed
),

final as (
    select
        ranked.id as moving_id,
        ranked.tenant_id,
        ranked.apartment_id,
        ranked.room_id,
        ranked.moving_agreement_type as contract_type_code,
        {{ code_label('ranked.moving_agreement_type', 'contract_types.label_ja') }} as contract_type_ja,
        {{ code_label('ranked.moving_agreement_type', 'contract_types.label_en') }} as contract_type_en,
        coalesce(contract_types.tenant_type, 'unknown') as tenant_type,
        ranked.contract_date,
        ranked.contract_start_date,
        ranked.rent_start_date,
        ranked.contract_expiration_date,
        ranked.original_contract_date,
        ranked.cancellation_notice_date,
        coalesce(
            ranked.moveout_date_integrated, ranked.moveout_plans_date, ranked.moveout_final_rent_date
        ) as moveout_date,
        ranked.moveout_date_integrated,
        ranked.moveout_plans_date,
        ranked.moveout_final_rent_date,
        case ranked.move_renew_flag when 1 then 'Yes' when 0 then 'No' end as is_renewal,
        ranked.is_valid_contract,
        ranked.is_completed_moveout,
        ranked.rent as monthly_rent,
        ranked.condo_fee,
        ranked.administrative_fee,
        ranked.moveout_fee,
        ranked.row_count - 1 as repeat_count,
        ranked.created_at,
        ranked.updated_at,
        {{ business_date() }} as business_date
    from ranked
    left join contract_types on ranked.moving_agreement_type = contract_types.code
    where ranked.recency = 1
)

select * from final
