{{ daily_count_differs(
    'confirmed_moveouts_count',
    ref('int_contracts'),
    'moveout_date',
    'is_completed_moveout = 1'
) }}
