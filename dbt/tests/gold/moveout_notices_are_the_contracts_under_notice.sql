select expected.row_count as expected_rows, here.row_count as rows_here
from (
    select count(*) as row_count
    from {{ ref('int_contracts') }}
    where
        cancellation_notice_date between {{ notice_window_start() }} and {{ business_date() }}
        and {{ has_coordinates() }}
) as expected
cross join (select count(*) as row_count from {{ ref('moveout_notices') }}) as here
where expected.row_count <> here.row_count
