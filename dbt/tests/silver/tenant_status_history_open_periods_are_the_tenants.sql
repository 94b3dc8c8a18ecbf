-- every tenant of the snapshot has exactly one open period, and nobody else has one
with open_periods as (
    select tenant_id, count(*) as row_count
    from {{ ref('tenant_status_history') }}
    where is_current = 1
    group by tenant_id
)

select tenants.id as tenant_id, open_periods.row_count
from {{ source('staging', 'tenants') }} as tenants
left join open_periods on tenants.id = open_periods.tenant_id
where coalesce(open_periods.row_count, 0) <> 1

union all

select open_periods.tenant_id, open_periods.row_count
from open_periods
left join {{ source('staging', 'tenants') }} as tenants on open_periods.tenant_id = tenants.id
where tenants.id is null
