{{ other_business_dates([
    'new_contracts', 'moveouts', 'moveout_notices', 'moveout_notices_monthly', 'moveout_analysis', 'moveout_summary',
    'daily_activity_summary', 'tenant_status_transitions',
]) }}
