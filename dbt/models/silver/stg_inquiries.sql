with inquiries as (select * from {{ source('staging', 'inquiries') }}),

tenants as (select * from {{ source('staging', 'tenants') }}),

-- by existence: several tenants can share one inquiry
converted as (select distinct inquiry_id from tenants where inquiry_id is not null),

final as (
    select
        inquiries.id as inquiry_id,
        inquiries.tenant_id,
        {{ to_local_date('inquiries.created_at') }} as inquiry_date,
        {{ clean_timestamp('inquiries.created_at') }} as inquiry_timestamp,
        {{ clean_timestamp('inquiries.updated_at') }} as updated_at,
        {{ flag('converted.inquiry_id is not null') }} as converted_to_tenant,
        {{ business_date() }} as business_date
    from inquiries
    left join converted on inquiries.id = converted.inquiry_id
)

select * from final
