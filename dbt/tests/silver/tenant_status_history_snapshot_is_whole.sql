-- A truncated load must not close all periods: of the tenants with an open period, more than 2 % missing from the
-- snapshot warn, more than 5 % stop the layer, as does a snapshot without tenants.
-- depends_on: {{ ref('tenant_status_history') }}
{{ limits_by_share(warn_above_percent=2, error_above_percent=5) }}
{% set history_columns = published_history_columns() %}

with tenants as (select id from {{ source('staging', 'tenants') }}),

snapshot as (select count(*) as row_count from tenants),

open_tenants as (
    {% if history_columns %}
    select {{ count_where('tenants.id is null') }} as missing, count(*) as known
    from {{ source('published', 'tenant_status_history') }} as published
    left join tenants on published.tenant_id = tenants.id
    where
        published.valid_from < {{ business_date() }}
        and (published.valid_to is null or published.valid_to >= date_sub({{ business_date() }}, interval 1 day))
    {% else %}
    select 0 as missing, 0 as known
    {% endif %}
)

select
    case
        when snapshot.row_count = 0 then greatest(open_tenants.known, 1)
        else open_tenants.missing
    end as failing_rows,
    greatest(open_tenants.known, 1) as all_rows
from open_tenants
cross join snapshot
