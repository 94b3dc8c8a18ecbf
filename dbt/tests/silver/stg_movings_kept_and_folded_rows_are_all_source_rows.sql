select kept.row_count as kept_and_folded, source.row_count as source_rows
from (select coalesce(sum(1 + repeat_count), 0) as row_count from {{ ref('stg_movings') }}) as kept
cross join (select count(*) as row_count from {{ source('staging', 'movings') }}) as source
where kept.row_count <> source.row_count
