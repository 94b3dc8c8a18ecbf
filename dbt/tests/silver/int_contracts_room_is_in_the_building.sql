-- room and contract name different buildings: the contract's is used
{{ config(severity='warn') }}

select contracts.contract_id, contracts.apartment_id, rooms.apartment_id as apartment_id_of_the_room
from {{ ref('int_contracts') }} as contracts
inner join {{ ref('stg_rooms') }} as rooms on contracts.room_id = rooms.room_id
where contracts.apartment_id <> rooms.apartment_id
