{# Whether a pair of coordinates lies in a box (a var: geo_bounds or geo_core), edges included. #}
{% macro is_in_box(latitude, longitude, box) -%}
    ({{ latitude }} between {{ box.min_latitude }} and {{ box.max_latitude }}
    and {{ longitude }} between {{ box.min_longitude }} and {{ box.max_longitude }})
{%- endmacro %}
