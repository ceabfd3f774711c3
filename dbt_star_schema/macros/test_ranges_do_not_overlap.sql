{#- Versions of one key whose [valid_from, valid_to) touch another version, or that end before they begin. -#}
{% test ranges_do_not_overlap(model, column_name) %}

with versions as (
    select
        {{ column_name }} as version_key,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ column_name }} order by valid_from) as next_valid_from
    from {{ model }}
)

select *
from versions
where
    valid_to <= valid_from
    or (next_valid_from is not null and (valid_to is null or valid_to > next_valid_from))

{% endtest %}
