with rooms as (select * from {{ source('staging', 'rooms') }}),

final as (
    select
        id as room_id,
        apartment_id,
        {{ clean_text('room_number') }} as room_number,
        rent,
        condo_fee,
        room_floor as floor_number,
        capacity,
        gender_type,
        bed_type,
        status as room_status,
        moving_id as current_lease_id,
        {{ clean_timestamp('created_at') }} as created_at,
        {{ clean_timestamp('updated_at') }} as updated_at,
        {{ business_date() }} as business_date
    from rooms
)

select * from final
