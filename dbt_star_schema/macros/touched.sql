{#-
    Builds by window. A model in the folder touched/ lists the keys that a window's rows affect: those they name now,
    and those that the tables held for these days before, so that corrected and removed rows count. An incremental
    model says in meta.touched, as "model.column", which of them are its own; it selects those keys only, and the
    strategy replace_touched puts them in the place of the rows of these keys, in one transaction.
    What lies before the first day that changed stays: where the touched model has a first_date, meta.touched_from is
    the column of a row's (last) day, null while it is open, and only rows from that date on are the window's. What is
    written then does not grow with a history; nor does what is read, for such a model lies in order of that day.
    The rows that a window wrote into a model are kept apart too (written.sql): whoever needs no other reads them there.
-#}

{#- Condition on a column: its value is one of the touched keys ("model.column"). True in a whole build. -#}
{%- macro is_touched(column, keys) -%}
{%- set model_name, key = keys.split(".") -%}
{%- if is_windowed() -%}
{%- do require_table() -%}
{{ column }} in (select {{ key }} from {{ ref(model_name) }})
{%- else -%}
{#- While dbt reads the project every dependency must show; a unit test of a whole build need not give this one. -#}
{%- if not execute -%}{%- do ref(model_name) -%}{%- endif -%}
true
{%- endif -%}
{%- endmacro -%}


{#- The rows of a model whose key is touched; all of them in a whole build. -#}
{%- macro touched_rows(model_name, column, keys) -%}
{%- set rows = ref(model_name) -%}
{%- set condition = is_touched("keyed." ~ column, keys) -%}
{%- if not (execute and is_windowed()) -%}
{{ rows }}
{%- elif not rows.is_cte and node_of(model_name).config.materialized in ("table", "incremental") -%}
{{ adapter.dispatch("found_rows")(rows, "where " ~ condition) }} as {{ model_name }}
{%- else -%}
{{ adapter.dispatch("found_in_view")(rows, column, condition) }} as {{ model_name }}
{%- endif -%}
{%- endmacro -%}


{#-
    The rows of a model's table that a relation meets ``on`` a condition over the alias keyed, each at most once. The model
    must stand behind a ref of the one that reads it: this is none, so that whole builds need not have it.
-#}
{%- macro rows_met(model_name, found_in, on) -%}
{{ adapter.dispatch("found_rows")(table_of(model_name), "inner join " ~ found_in ~ " on " ~ on) }}
{%- endmacro -%}


{#- Rows of a table, by the alias keyed, that a join or a condition finds. -#}
{%- macro default__found_rows(rows, found_by) -%}
(select keyed.* from {{ rows }} as keyed {{ found_by }})
{%- endmacro -%}


{#-
    A join reads all columns of all rows on DuckDB. So it looks with the keys, and reads the rows that it found by their
    number: 3.3 s became 0.7 s for 140,000 of 29 million rows.
-#}
{%- macro duckdb__found_rows(rows, found_by) -%}
(select * from {{ rows }} where rowid in (select keyed.rowid from {{ rows }} as keyed {{ found_by }}))
{%- endmacro -%}


{#- Rows of a view, by the alias keyed, whose column meets a condition. -#}
{%- macro default__found_in_view(rows, column, condition) -%}
{{ default__found_rows(rows, "where " ~ condition) }}
{%- endmacro -%}


{#-
    A view has no row numbers. DuckDB looks with the column alone whether there are any such rows and, most days, need not
    read the history: none of 165,000 fundings among 10 million took 2.3 s of processor time at once and takes .5 s so.
-#}
{%- macro duckdb__found_in_view(rows, column, condition) -%}
(
    select * from {{ rows }}
    where {{ column }} in (select keyed.{{ column }} from {{ rows }} as keyed where {{ condition }})
)
{%- endmacro -%}


{#- Rows of a CTE whose key is touched, from its first_date on; ``day`` is an expression over them. All in whole builds. -#}
{%- macro since_touched(cte, keys, day) -%}
{%- set model_name, key = keys.split(".") -%}
{%- if is_windowed() -%}
{%- do require_table() -%}
(
    select {{ cte }}.* from {{ cte }}
    inner join {{ ref(model_name) }} as touched on {{ is_since(cte, key, day) }}
) as {{ cte }}
{%- else -%}
{%- if not execute -%}{%- do ref(model_name) -%}{%- endif -%}
{{ cte }}
{%- endif -%}
{%- endmacro -%}


{#- Every touched key has one first_date, so the join repeats no row; as "exists" DuckDB takes ten times as long. -#}
{%- macro is_since(alias, key, day) -%}
touched.{{ key }} = {{ alias }}.{{ key }} and touched.first_date <= {{ day }}
{%- endmacro -%}


{#-
    A model with meta.touched_from lies in order of that day, open rows last: a window reads it from its first date on, and
    DuckDB skips the row groups before, where the statement itself says that date. Of 29 million versions it then reads 7
    million: those that it goes on from took 6.7 s, most of it to unpack every row group, and take 2.1 s. A whole build
    sorts for it: those 29 million rows were copied in 25 s as they came and in 42 s in order.
-#}
{%- macro in_order_of(day) -%}
{%- if not is_windowed() %}order by {{ day }} nulls last{% endif -%}
{%- endmacro -%}


{#- Condition on rows by an alias: none ends before the first date that is touched. Asks for it, so a build must run. -#}
{%- macro lies_since(alias, meta) -%}
{%- set first_dates = "select min(first_date) as first_date from " ~ table_of(meta["touched"].split(".")[0]) -%}
{#- Where nothing is touched: open rows alone. -#}
{%- set first_date = run_query(first_dates).columns[0].values()[0] or "9999-12-31" -%}
{%- set day = alias ~ "." ~ meta["touched_from"] -%}
{%- do return("(" ~ day ~ " is null or " ~ day ~ " >= cast('" ~ first_date ~ "' as date))") -%}
{%- endmacro -%}


{#- Condition on rows by an alias, joined with the touched keys: they are what a window replaces. -#}
{%- macro is_replaced(alias, meta) -%}
{%- set day = "coalesce(" ~ alias ~ "." ~ meta["touched_from"] ~ ", cast('9999-12-31' as date))" -%}
{{ is_since(alias, meta["touched"].split(".")[1], day) }} and {{ lies_since(alias, meta) }}
{%- endmacro -%}


{#-
    The rows that an incremental model held before this build, to be read upstream of it (so not a ref: that would be a
    cycle). ``columns``: name -> type of what is read. A whole build replaces them unseen: there are none. With
    ``found_in``, a relation that meets each row at most once, only those that it meets ``on`` a condition over the
    alias keyed.
-#}
{%- macro previous(model_name, columns, found_in=none, on=none) -%}
{%- if execute and is_windowed() and found_in -%}
{{ adapter.dispatch("found_rows")(existing_table(model_name), "inner join " ~ found_in ~ " on " ~ on) }}
{%- elif execute and is_windowed() -%}
{{ existing_table(model_name) }}
{%- else -%}
(select {% for name, type in columns.items() %}cast(null as {{ type }}) as {{ name }}{{ ", " if not loop.last }}
{%- endfor %} where false)
{%- endif -%}
{%- endmacro -%}


{%- macro existing_table(model_name) -%}
{%- set found = adapter.get_relation(database=target.database, schema=target.schema, identifier=model_name) -%}
{%- if found is none -%}
{%- do exceptions.raise_compiler_error(
    "window_days asks for a build by window, but " ~ target.schema ~ "." ~ model_name ~ " does not exist yet; "
    ~ "build without window_days first"
) -%}
{%- endif -%}
{%- do return(found) -%}
{%- endmacro -%}


{#- Rows of one CTE that another of the same columns has not, both ways; equal rows count once. -#}
{%- macro differing(present, held) -%}
(select * from {{ present }} except select * from {{ held }})
union all
(select * from {{ held }} except select * from {{ present }})
{%- endmacro -%}


{#-
    How to keep a CTE that is read more than once. The rows of a window are few: once in memory. All rows are not, and left
    to itself DuckDB holds them: at ten million loans fct_customer_days then needed more than 6 GiB.
-#}
{%- macro kept_in_window() -%}
{{ "materialized" if is_windowed() else "not materialized" }}
{%- endmacro -%}


{#- A window's rows alone are no table: an incremental model must be there before it is built by window. -#}
{%- macro require_table() -%}
{%- if execute and model.resource_type == "model" and model.config.materialized == "incremental" -%}
{%- do existing_table(model.name) -%}
{%- endif -%}
{%- endmacro -%}


{%- macro node_of(model_name) -%}
{%- do return(graph.nodes["model." ~ project_name ~ "." ~ model_name]) -%}
{%- endmacro -%}


{#- A model's table by its name, for macros that dbt gives no ref. -#}
{%- macro table_of(model_name) -%}
{%- do return(node_of(model_name).relation_name) -%}
{%- endmacro -%}


{#- Delete the touched rows (all, in a whole build), insert what was selected, keep that apart: one transaction. -#}
{%- macro get_incremental_replace_touched_sql(arguments) -%}
{%- set meta = config.get("meta") -%}
{%- set model_name, key = meta["touched"].split(".") -%}
{%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
delete from {{ arguments["target_relation"] }}
{%- if is_windowed() and "touched_from" in meta %} as held
using {{ table_of(model_name) }} as touched
where {{ is_replaced("held", meta) }}
{%- elif is_windowed() %}
where {{ key }} in (select {{ key }} from {{ table_of(model_name) }})
{%- endif %};

insert into {{ arguments["target_relation"] }} ({{ columns }})
select {{ columns }} from {{ arguments["temp_relation"] }}
{%- if is_windowed() -%}
;

{{ keep_written(model.name, columns, arguments["temp_relation"]) }}
{%- endif -%}
{%- endmacro -%}
