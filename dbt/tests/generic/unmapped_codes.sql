{# Codes without a row in their seed, which show as `Unknown (<code>)`: warns from the first row, errors above 1 % of the codes. #}
{% test unmapped_codes(model, column_name, seed) %}
    {{ limits_by_share(0, 1) }}
    select
        {{ count_where('codes.code is null') }} as failing_rows,
        count(*) as all_rows
    from {{ model }} as coded
    left join {{ seed }} as codes on coded.{{ column_name }} = codes.code
    where coded.{{ column_name }} is not null
    /* rows:
    select coded.*
    from {{ model }} as coded
    left join {{ seed }} as codes on coded.{{ column_name }} = codes.code
    where coded.{{ column_name }} is not null and codes.code is null
    */
{% endtest %}
