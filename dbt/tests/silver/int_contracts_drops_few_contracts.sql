-- contracts without tenant, building or room: counted from the first, and too many above 2 %
{{ limits_by_share(warn_above_percent=0, error_above_percent=2) }}

select
    {{ count_where('tenants.tenant_id is null or apartments.apartment_id is null or rooms.room_id is null') }}
        as failing_rows,
    count(*) as all_rows
from {{ ref('stg_movings') }} as movings
left join {{ ref('stg_tenants') }} as tenants on movings.tenant_id = tenants.tenant_id
left join {{ ref('stg_apartments') }} as apartments on movings.apartment_id = apartments.apartment_id
left join {{ ref('stg_rooms') }} as rooms on movings.room_id = rooms.room_id
