select summary.row_count as in_summary, analysis.row_count as in_analysis
from (select coalesce(sum(moveout_count), 0) as row_count from {{ ref('moveout_summary') }}) as summary
cross join (select count(*) as row_count from {{ ref('moveout_analysis') }}) as analysis
where summary.row_count <> analysis.row_count
