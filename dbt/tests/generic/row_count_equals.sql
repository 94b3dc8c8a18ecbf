{# The number of rows differs from that of another table. #}
{% test row_count_equals(model, to) %}
    select here.row_count as rows_here, there.row_count as rows_there
    from (select count(*) as row_count from {{ model }}) as here
    cross join (select count(*) as row_count from {{ to }}) as there
    where here.row_count <> there.row_count
{% endtest %}
