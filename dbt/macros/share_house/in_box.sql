{# Rows whose coordinates lie outside a box (the name of a var: geo_bounds or geo_core). #}
{% test in_box(model, box) %}
    select * from {{ model }} where not {{ is_in_box('latitude', 'longitude', var(box)) }}
{% endtest %}
