-- counted another way than in the model: by a look at the day before instead of the period before
select daily.total as in_summary, source.total as in_source
from (select coalesce(sum(reservations_entered_count), 0) as total from {{ ref('daily_activity_summary') }}) as daily
cross join (
    select count(*) as total
    from {{ ref('tenant_status_history') }} as opened
    left join {{ ref('tenant_status_history') }} as before_it
        on
            opened.tenant_id = before_it.tenant_id
            and before_it.valid_to = date_sub(opened.valid_from, interval 1 day)
            and before_it.status = 4
    where
        opened.status = 4
        and opened.valid_from between {{ min_valid_date() }} and {{ business_date() }}
        and opened.valid_from > (select min(history.valid_from) from {{ ref('tenant_status_history') }} as history)
        and before_it.tenant_id is null
) as source
where daily.total <> source.total
