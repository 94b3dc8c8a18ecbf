{{ daily_count_differs(
    'contracts_signed_count',
    ref('int_contracts'),
    'contract_date',
    'is_valid_contract = 1'
) }}
