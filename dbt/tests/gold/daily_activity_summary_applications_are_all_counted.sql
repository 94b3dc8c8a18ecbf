{{ daily_count_differs(
    'applications_count',
    ref('stg_tenants'),
    to_local_date('created_at'),
    'tenant_status_code = 4'
) }}
