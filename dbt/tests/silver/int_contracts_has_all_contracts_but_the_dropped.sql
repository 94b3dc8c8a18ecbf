select expected.row_count as expected_rows, here.row_count as rows_here
from (
    select count(*) as row_count
    from {{ ref('stg_movings') }} as movings
    where
        exists (select 1 from {{ ref('stg_tenants') }} as t where t.tenant_id = movings.tenant_id)
        and exists (select 1 from {{ ref('stg_apartments') }} as a where a.apartment_id = movings.apartment_id)
        and exists (select 1 from {{ ref('stg_rooms') }} as r where r.room_id = movings.room_id)
) as expected
cross join (select count(*) as row_count from {{ ref('int_contracts') }}) as here
where expected.row_count <> here.row_count
