{{ daily_count_differs(
    'confirmed_moveins_count',
    ref('int_contracts'),
    'contract_start_date',
    'is_valid_contract = 1'
) }}
