{{ daily_count_differs(
    'inquiries_count',
    ref('stg_inquiries'),
    'inquiry_date'
) }}
