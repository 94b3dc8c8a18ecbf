with apartments as (select * from {{ source('staging', 'apartments') }}),

cleaned as (
    select
        apartments.*,
        {{ is_in_box('latitude', 'longitude', var('geo_bounds')) }} as has_plausible_coordinates
    from apartments
),

final as (
    select
        id as apartment_id,
        {{ clean_text('unique_number') }} as asset_id_hj,
        {{ clean_text('apartment_name') }} as apartment_name,
        {{ clean_text('apartment_name_en') }} as apartment_name_en,
        {{ clean_text('apartment_name_old') }} as apartment_name_old,
        {{ clean_text('prefecture') }} as prefecture,
        {{ clean_text('municipality') }} as municipality,
        {{ clean_text('address') }} as address,
        {{ clean_text('full_address') }} as full_address,
        {{ clean_text('zip_code') }} as zip_code,
        case when has_plausible_coordinates then latitude end as latitude,
        case when has_plausible_coordinates then longitude end as longitude,
        room_count,
        vacancy_room_count,
        apartment_type,
        building_type,
        status as property_status,
        {{ clean_timestamp('created_at') }} as created_at,
        {{ clean_timestamp('updated_at') }} as updated_at,
        {{ business_date() }} as business_date
    from cleaned
)

select * from final
