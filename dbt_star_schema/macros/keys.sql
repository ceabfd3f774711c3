{#-
    Surrogate key of a natural key: md5 over its parts as text, with a control character between them that no id holds,
    so that ('a', 'bc') and ('ab', 'c') differ. A null part gives a null key. Kept as a uuid, the 128 bits that it is, on
    every engine: looking 165,000 keys up among 30 million took 2.9 s of processor time on DuckDB as text and .9 s so.
-#}
{%- macro surrogate_key() -%}
cast(md5(
{%- for part in varargs -%}
    cast({{ part }} as varchar){{ " || chr(31) || " if not loop.last }}
{%- endfor -%}
) as uuid)
{%- endmacro -%}


{#- Key of dim_date: the day as the integer YYYYMMDD. -#}
{%- macro date_key(day) -%}
cast(extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer)
{%- endmacro -%}
