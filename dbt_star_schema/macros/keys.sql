{#-
    Surrogate key of a natural key: md5 over its parts as text, with a control character between them that no id holds,
    so that ('a', 'bc') and ('ab', 'c') differ. A null part gives a null key. The same 32 characters on every
    engine; the cast keeps a table's type on Postgres, where md5 gives text.
-#}
{%- macro surrogate_key() -%}
cast(md5(
{%- for part in varargs -%}
    cast({{ part }} as varchar){{ " || chr(31) || " if not loop.last }}
{%- endfor -%}
) as varchar)
{%- endmacro -%}


{#- Key of dim_date: the day as the integer YYYYMMDD. -#}
{%- macro date_key(day) -%}
cast(extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer)
{%- endmacro -%}
