{# Where a notice stands: completed, withdrawn with its contract, or still to come. #}
{% macro moveout_status() -%}
    case
        when is_completed_moveout = 1 then 'Completed'
        when is_valid_contract = 0 then 'Cancelled'
        else 'Pending'
    end
{%- endmacro %}
