{#-
    The window of a build: the variable window_days, a list of days (YYYY-MM-DD). Nothing else reads it.
    Without it a build is whole: every row is built anew. With it only what those days' rows affect is (touched.sql).
-#}
{%- macro is_windowed() -%}
{%- do return(var("window_days", none) is not none) -%}
{%- endmacro -%}


{#- Is a day one of the window's? A whole build has no window: there nothing is in it. -#}
{%- macro in_window(day) -%}
{%- set days = var("window_days", none) or [] -%}
{%- if days -%}
{{ day }} in ({% for one in days %}cast('{{ one }}' as date){{ ", " if not loop.last }}{% endfor %})
{%- else -%}
false
{%- endif -%}
{%- endmacro -%}
