{#
  The limits of a test that returns one row with failing_rows and all_rows. The rows themselves can be told in a comment
  `/* rows: query */`: samples are taken from it (docs/quality.md).
#}
{% macro limits_by_share(warn_above_percent, error_above_percent=none) %}
    {{ config(
        fail_calc='coalesce(max(failing_rows), 0)',
        warn_if='> ' ~ warn_above_percent ~ ' / 100 * coalesce(max(all_rows), 0)',
    ) }}
    {% if error_above_percent is none %}
        {{ config(severity='warn') }}
    {% else %}
        {{ config(error_if='> ' ~ error_above_percent ~ ' / 100 * coalesce(max(all_rows), 0)') }}
    {% endif %}
{% endmacro %}
