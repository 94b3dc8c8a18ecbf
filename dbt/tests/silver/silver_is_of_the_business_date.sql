{{ other_business_dates([
    'stg_apartments', 'stg_rooms', 'stg_tenants', 'stg_movings', 'stg_inquiries', 'int_contracts',
]) }}
