{#
  Free text as it is used everywhere: spaces, tabs, newlines and U+3000 trimmed; then empty, `--` and any case
  of `null` become NULL. At most 255 characters, the width of the built columns, in the
  session's character set and collation (those of the built tables) whatever the source's are.

  MySQL (ICU) and MariaDB (PCRE2) read the expression in the same way: `\z` matches only at the end of the text, `$` also
  before a final line break, and ICU has more line breaks. The possessive `++` and the look-behind keep the time for long
  runs of blanks linear.

  Only a value with such a character at an end pays for a regular expression, and only a short one for the comparison of words. Ends are compared by their code,
  and the words as bytes: utf8mb4_unicode_ci takes more for equal than we mean (U+200B for nothing, `nüll` for `null`).
#}
{% macro clean_text(column) -%}
    {#- blanks, and U+3000 as utf8mb4, sjis, ujis, and as first and last byte of a binary text -#}
    {%- set edges = '32, 9, 10, 13, 14909568, 33088, 41377, 227, 128' -%}
    {%- set trimmed -%} regexp_replace(cast({{ column }} as char), '^[ \t\r\n　]++|(?<![ \t\r\n　])[ \t\r\n　]++\\z', '') {%- endset -%}
    case
        when ord({{ column }}) in ({{ edges }}) or ord(right({{ column }}, 1)) in ({{ edges }})
            then case {{ text_or_null(trimmed) }} end
        {{ text_or_null(column) }}
    end
{%- endmacro %}


{# The branches of a CASE for a trimmed text, with NULL for the words that mean nothing. #}
{% macro text_or_null(trimmed) -%}
    when octet_length({{ trimmed }}) < 5 and cast(lower(cast({{ trimmed }} as char)) as binary) in ('', '--', 'null') then null
    else substring(cast({{ trimmed }} as char), 1, 255)
{%- endmacro %}


{#
  A value as a text that groups and compares as it is written. utf8mb4_unicode_ci takes `Tokyo` and `tokyo` for equal, and
  MySQL still groups some texts apart that it takes for equal, such as those that differ in a U+00A0 at the end.
#}
{% macro as_written(value) -%}
    cast({{ value }} as char) collate utf8mb4_bin
{%- endmacro %}
