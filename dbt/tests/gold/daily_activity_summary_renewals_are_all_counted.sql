{{ daily_count_differs(
    'renewal_moveins_count',
    ref('int_contracts'),
    'contract_start_date',
    "is_valid_contract = 1 and is_renewal = 'Yes'"
) }}
