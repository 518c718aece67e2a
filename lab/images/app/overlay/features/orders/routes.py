"""Take an order, and count those taken."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.database import get_db
from features.orders.models import Order

router = APIRouter(prefix="/orders", tags=["orders"])
Db = Annotated[AsyncSession, Depends(get_db)]


class OrderCreate(BaseModel):
    reference: str


@router.post("", status_code=201)
async def create_order(order: OrderCreate, db: Db) -> dict[str, str]:
    db.add(Order(reference=order.reference))
    # Committed before the answer: 201 means that the row is there.
    await db.commit()
    return {"reference": order.reference}


@router.get("/count")
async def count_orders(db: Db, prefix: str = "") -> dict[str, int]:
    rows = select(func.count()).select_from(Order).where(Order.reference.startswith(prefix, autoescape=True))
    return {"count": (await db.execute(rows)).scalar_one()}
